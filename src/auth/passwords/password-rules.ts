import { isCommonPassword } from './common-passwords.js';
import { codePointsOf, greatestRatio, quickRatio } from './similarity.js';

/** Whose password it is to be; what is not known cannot be similar. */
export interface PasswordOwner {
  email?: string | undefined;
  username?: string | null | undefined;
  name?: string | undefined;
}

const MIN_CHARACTERS = 8;
const MAX_SIMILARITY = 0.7;

/** Bounds of what is compared; the API takes nothing longer. */
const MAX_PASSWORD_LENGTH = 256;
const MAX_ATTRIBUTE_LENGTH = 254;

/**
 * Which of Django's four password rules `password` breaks.
 *
 * @returns a fragment for each, such as "is too common"; empty for a password that will do
 */
export function passwordFaults(password: string, owner: PasswordOwner): string[] {
  const compared = password.slice(0, MAX_PASSWORD_LENGTH);
  const faults: string[] = [];
  if (codePointsOf(compared).length < MIN_CHARACTERS) {
    faults.push(`must have at least ${MIN_CHARACTERS} characters`);
  }
  if (isCommonPassword(compared)) faults.push('is too common');
  if (/^\p{Nd}+$/u.test(compared)) faults.push('must not be all digits');
  const similar = similarAttribute(compared, owner);
  if (similar !== undefined) faults.push(`is too similar to the ${similar}`);
  return faults;
}

/** The faults as one sentence: "The password is too common and must not be all digits." */
export function faultsInWords(faults: readonly string[]): string {
  return `The password ${new Intl.ListFormat('en').format(faults)}.`;
}

function similarAttribute(
  password: string,
  { email, username, name }: PasswordOwner,
): string | undefined {
  const attributes = { 'e-mail address': email, username, name };
  const characters = codePointsOf(password.toLowerCase());
  return Object.entries(attributes).find(
    ([, value]) => value && partsOf(value).some((part) => isSimilar(characters, part)),
  )?.[0];
}

/** The value itself and its words. */
function partsOf(value: string): string[] {
  const whole = value.slice(0, MAX_ATTRIBUTE_LENGTH).toLowerCase();
  return [whole, ...whole.split(/[^\p{L}\p{N}_]+/u).filter((word) => word !== '')];
}

function isSimilar(password: readonly string[], part: string): boolean {
  const characters = codePointsOf(part);
  if (greatestRatio(password.length, characters.length) < MAX_SIMILARITY) return false;
  return quickRatio(password, characters) >= MAX_SIMILARITY;
}
