export function sentenceOf(id: number): { name: string; sentence: string } {
  return { name: String(id), sentence: "the allocator's own records contradict each other" };
}
