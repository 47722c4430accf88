// Patterns of file names, as Python's module fnmatch has them.

/** One character of a name, or with "*" any number of them. */
type Token = "*" | "?" | { readonly character: string } | CharacterSet;

interface CharacterSet {
  readonly not: boolean;
  /** First and last of each. */
  readonly ranges: ReadonlyArray<readonly [string, string]>;
}

/** `*` is anything, `?` any character, `[abc]` and `[a-z]` one of those, `[!abc]` one of the others. Case matters. */
export class Glob {
  readonly #tokens: readonly Token[];

  constructor(pattern: string) {
    this.#tokens = tokensOf(Array.from(pattern));
  }

  /** Whether the whole name fits. Takes no longer than the product of both lengths. */
  matches(name: string): boolean {
    const tokens = this.#tokens;
    const characters = Array.from(name);
    let token = 0;
    let at = 0;
    /** Where to go on after the last star if what follows does not fit: one character is then the star's. */
    let afterStar = -1;
    let starEnd = 0;
    while (at < characters.length) {
      if (tokens[token] === "*") {
        afterStar = ++token;
        starEnd = at;
      } else if (fits(tokens[token], characters[at] as string)) {
        token++;
        at++;
      } else if (afterStar >= 0) {
        token = afterStar;
        at = ++starEnd;
      } else {
        return false;
      }
    }
    return tokens.slice(token).every((rest) => rest === "*");
  }
}

function fits(token: Token | undefined, character: string): boolean {
  if (token === undefined || token === "*") return false;
  if (token === "?") return true;
  if ("character" in token) return token.character === character;
  return token.ranges.some(([first, last]) => first <= character && character <= last) !== token.not;
}

function tokensOf(pattern: readonly string[]): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] as string;
    const end = character === "[" ? endOfSet(pattern, at) : -1;
    if (end > 0) {
      tokens.push(setOf(pattern.slice(at + 1, end)));
      at = end;
    } else {
      tokens.push(character === "*" || character === "?" ? character : { character });
    }
  }
  return tokens;
}

/** Where the set that begins at `at` is closed; -1 if it is not, and the bracket is a character as others. One right at the start does not close it. */
function endOfSet(pattern: readonly string[], at: number): number {
  const first = pattern[at + 1] === "!" ? at + 2 : at + 1;
  return pattern.indexOf("]", first + 1);
}

function setOf(inside: readonly string[]): CharacterSet {
  const not = inside[0] === "!";
  const members = not ? inside.slice(1) : inside;
  const ranges: Array<readonly [string, string]> = [];
  for (let at = 0; at < members.length; at++) {
    const first = members[at] as string;
    const last = members[at + 1] === "-" ? members[at + 2] : undefined;
    ranges.push([first, last ?? first]);
    if (last !== undefined) at += 2;
  }
  return { not, ranges };
}
