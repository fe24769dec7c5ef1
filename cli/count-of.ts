/** A number with its noun: `1 VM`, `2 VMs`. */
export const countOf = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
