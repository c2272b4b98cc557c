/**
 * Text for XML, also inside of attributes. Characters that XML cannot hold become U+FFFD; the other control characters,
 * which a terminal would obey, are written as numbers.
 */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;')
    .replace(/[\u007f-\u009f]/g, (character) => `&#x${character.charCodeAt(0).toString(16)};`);
}
