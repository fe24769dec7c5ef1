/** How much of a reason Pacemaker keeps, in bytes (`EXIT_REASON_MAX_LEN`, daemons/execd/execd_commands.c). */
const keptBytes = 128;

const isInsideCharacter = (byte: number | undefined) => byte !== undefined && (byte & 0xc0) === 0x80;

/**
 * A reason that Pacemaker can cut without splitting a character: the one that its cut would split becomes `?`.
 *
 * Pacemaker cuts at a byte, half a character is no XML, and then the daemons of every node cannot parse the status that
 * holds it: they drop a part of it and run the operation once more (2.1.5: four failed monitors in the time of two).
 *
 * @param reason one line.
 */
export function exitReason(reason: string): string {
  const plain = withoutMarkup(reason);
  const bytes = Buffer.from(plain);
  if (!isInsideCharacter(bytes[keptBytes])) return plain;
  let [from, to] = [keptBytes, keptBytes];
  while (isInsideCharacter(bytes[from])) from--;
  while (isInsideCharacter(bytes[to])) to++;
  return bytes.fill('?', from, to).toString();
}

/**
 * Pacemaker's crm_xml_escape ends at the first character beyond ASCII (2.1.5): a quote, `<` or `&` behind it would make
 * the message of the result no XML, and the result is lost, with the same consequences.
 */
function withoutMarkup(reason: string): string {
  const from = reason.search(/[^\0-\x7f]/);
  return from < 0 ? reason : reason.slice(0, from) + reason.slice(from).replaceAll('"', "'").replace(/[<&]/g, '?');
}
