// Numbers as people read them.

/** 1234567 → 1,234,567, in every locale. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}
