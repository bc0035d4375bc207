import { z } from 'zod';
import type { TotpSetup } from './second-factor-setup.service.js';
import type { SecondFactorState } from './second-factor.service.js';

export const ConfirmTotpSchema = z
  .strictObject({ code: z.string().min(1).max(40).meta({ example: '492039' }) })
  .meta({ id: 'ConfirmTotp' });

export const SecondFactorSchema = z
  .object({
    enabled: z.boolean().meta({ description: 'Whether signing in asks for a code' }),
    confirmed_at: z.iso.datetime().nullable(),
    recovery_codes_left: z.int().meta({ example: 10 }),
    passkeys: z.int().meta({ example: 1 }),
    required: z.boolean().meta({ description: 'Whether this account must have a second factor' }),
    missing: z.boolean().meta({
      description: 'Whether this session may do nothing else before one is set up',
    }),
  })
  .meta({ id: 'SecondFactor' });

export const TotpSetupSchema = z
  .object({
    secret: z.string().meta({ description: 'Base32', example: 'D7HNJOQ7IW5RCP4IHL6UUBBO5DVFHHW5' }),
    otpauth_url: z.string().meta({
      example:
        'otpauth://totp/Videoflix:ada%40example.org?issuer=Videoflix&secret=D7HNJOQ7IW5RCP4IHL6UUBBO5DVFHHW5&algorithm=SHA1&digits=6&period=30',
    }),
    qr_svg: z.string().meta({
      description: 'The address above as a QR code, black on nothing: show it on white',
      example: '<svg viewBox="0 0 57 57" xmlns="http://www.w3.org/2000/svg">…</svg>',
    }),
  })
  .meta({ id: 'TotpSetup' });

export const RecoveryCodesSchema = z
  .object({
    recovery_codes: z.array(z.string().meta({ example: '4kx2p-9dhw7' })).length(10),
  })
  .meta({ id: 'RecoveryCodes' });

export function toSecondFactorDto(
  state: SecondFactorState,
  isMissing: boolean,
): z.output<typeof SecondFactorSchema> {
  return {
    enabled: state.confirmedAt !== null,
    confirmed_at: state.confirmedAt?.toISOString() ?? null,
    recovery_codes_left: state.recoveryCodesLeft,
    passkeys: state.passkeys,
    required: state.isRequired,
    missing: isMissing,
  };
}

export function toTotpSetupDto(setup: TotpSetup): z.output<typeof TotpSetupSchema> {
  return { secret: setup.secret, otpauth_url: setup.otpauthUrl, qr_svg: setup.qrSvg };
}
