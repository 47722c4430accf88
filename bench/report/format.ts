// Numbers as people read them. One way for the table, the picture and the README.

const THIN = " ";

/** 1234567 → "1 234 567". */
export function integer(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, THIN);
}

/** Three significant digits at least: 9.87, 12.3, 123. What is no number is n/a. */
export function decimal(value: number): string {
  if (!Number.isFinite(value)) return "n/a";
  if (value >= 99.95) return integer(value);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

/** Bytes in the largest unit that leaves a number of 1 or more. */
export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  return value < 2 ** 20 ? `${decimal(value / 1024)} KiB` : `${decimal(value / 2 ** 20)} MiB`;
}

export function percent(share: number): string {
  const value = share * 100;
  return `${value !== 0 && value < 0.095 ? "< 0.1" : value.toFixed(1)} %`;
}
