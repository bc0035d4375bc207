/** An e-mail address or a username as it is compared and counted, however it was typed. */
export function normalizeIdentifier(identifier: string): string {
  return identifier.trim().toLowerCase();
}
