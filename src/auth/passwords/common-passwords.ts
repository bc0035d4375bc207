import { dictionary } from '@zxcvbn-ts/language-common';

/** As many as Django refuses; the list begins with the most frequent. */
const COUNT = 20_000;

let common: ReadonlySet<string> | undefined;

/** True for the 20,000 passwords that people choose most often, in whatever case. */
export function isCommonPassword(password: string): boolean {
  common ??= new Set(dictionary['passwords-common'].slice(0, COUNT));
  return common.has(password.toLowerCase().trim());
}
