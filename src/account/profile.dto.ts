import { z } from 'zod';
import { UsernameField } from '../users/user.dto.js';

/** A BCP 47 tag in its canonical spelling: `EN-us` becomes `en-US`. */
const LanguageField = z
  .string()
  .max(35)
  .refine(isLanguageTag, 'is not a BCP 47 tag')
  .transform((tag) => Intl.getCanonicalLocales(tag)[0] ?? tag)
  .meta({ example: 'en' });

/** What people change about themselves; what is left out stays. */
export const ProfileChangesSchema = z
  .strictObject({
    name: z.string().trim().max(80).optional().meta({ example: 'Ada Lovelace' }),
    username: UsernameField.nullable()
      .optional()
      .meta({ description: '`null` removes it', example: 'ada' }),
    language: LanguageField.optional(),
  })
  .meta({ id: 'ProfileChanges' });
export type ProfileChanges = z.output<typeof ProfileChangesSchema>;

/** `{name}` of a picture's address. */
export const PictureNameParam = z
  .string()
  .max(100)
  .meta({ description: 'Last part of `avatar_url`', example: '5f2c9d1b7a3e4c6d8f0a1b2c.jpg' });

function isLanguageTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}
