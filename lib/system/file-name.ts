/** Any text as a file name, without slashes and blanks. */
export const toFileName = encodeURIComponent;

/** The text that a file is named after; undefined when its name was not made by `toFileName`. */
export function fromFileName(name: string): string | undefined {
  try {
    return decodeURIComponent(name);
  } catch {
    return undefined;
  }
}
