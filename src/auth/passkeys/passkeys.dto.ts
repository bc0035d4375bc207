import { z } from 'zod';
import type { Passkey } from './passkey.entity.js';

/** Longer than anything an authenticator without certificates has to say. */
const base64url = z
  .string()
  .min(1)
  .max(16_384)
  .regex(/^[\w-]+$/, 'is not base64url');
/** 1,023 bytes at most (Level 3, 4). */
const CredentialIdField = base64url.max(1364);
const credential = {
  id: CredentialIdField,
  rawId: CredentialIdField,
  type: z.literal('public-key'),
};

/** What `PublicKeyCredential.toJSON()` says after `create()`, as far as it matters. */
const CreationResponseSchema = z
  .object({
    ...credential,
    response: z.object({
      clientDataJSON: base64url,
      attestationObject: base64url,
      transports: z
        .array(z.string().regex(/^[\w-]{1,32}$/))
        .max(10)
        .default([]),
    }),
  })
  .meta({ id: 'PasskeyCreation' });
export type CreationResponse = z.output<typeof CreationResponseSchema>;

/** What `PublicKeyCredential.toJSON()` says after `get()`, as far as it matters. */
const AssertionResponseSchema = z
  .object({
    ...credential,
    response: z.object({
      clientDataJSON: base64url,
      authenticatorData: base64url,
      signature: base64url,
      userHandle: z.string().max(100).nullish(),
    }),
  })
  .meta({ id: 'PasskeyAssertion' });
export type AssertionResponse = z.output<typeof AssertionResponseSchema>;

const ChallengeIdField = z.uuid().meta({ example: '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01' });

export const AddPasskeySchema = z
  .strictObject({
    challenge_id: ChallengeIdField,
    name: z
      .string()
      .trim()
      .min(1)
      .max(60)
      .regex(/^\P{Cc}*$/u, 'must be one line of text')
      .meta({ example: 'Laptop' }),
    response: CreationResponseSchema,
  })
  .meta({ id: 'AddPasskey' });

export const PasskeyLoginSchema = z
  .strictObject({
    challenge_id: ChallengeIdField,
    response: AssertionResponseSchema,
    remember_me: z.boolean().default(false),
  })
  .meta({ id: 'PasskeyLogin' });

export const CreationOptionsSchema = z
  .object({
    challenge_id: ChallengeIdField,
    options: z.looseObject({ challenge: z.string() }).meta({
      description: 'For `PublicKeyCredential.parseCreationOptionsFromJSON()`',
    }),
  })
  .meta({ id: 'PasskeyCreationOptions' });

export const RequestOptionsSchema = z
  .object({
    challenge_id: ChallengeIdField,
    options: z.looseObject({ challenge: z.string() }).meta({
      description: 'For `PublicKeyCredential.parseRequestOptionsFromJSON()`',
    }),
  })
  .meta({ id: 'PasskeyRequestOptions' });

export const PasskeySchema = z
  .object({
    id: z.uuid(),
    name: z.string().meta({ example: 'Laptop' }),
    is_synced: z.boolean().meta({ description: 'Whether it lives on several devices' }),
    created_at: z.iso.datetime(),
    last_used_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Passkey' });

export const PasskeysSchema = z
  .object({ passkeys: z.array(PasskeySchema) })
  .meta({ id: 'Passkeys' });

export function toPasskeyDto(passkey: Passkey): z.output<typeof PasskeySchema> {
  return {
    id: passkey.id,
    name: passkey.name,
    is_synced: passkey.isSynced,
    created_at: passkey.createdAt.toISOString(),
    last_used_at: passkey.lastUsedAt?.toISOString() ?? null,
  };
}

/** A ceremony as the API begins it. */
export function toCeremonyDto<T>({ challengeId, options }: { challengeId: string; options: T }) {
  return { challenge_id: challengeId, options };
}
