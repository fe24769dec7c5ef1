/** A text of another program or node, made safe for a terminal: control characters become `?`. */
export const printable = (text: string): string => text.replace(/[^\x20-\x7e\u00a0-\uffff]/g, '?');
