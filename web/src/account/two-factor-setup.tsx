import { ApiError, describe } from '../api/error';
import { confirmTotp } from '../api/security';
import type { TotpSetup } from '../api/types';
import { Field } from '../components/field';
import { Notice } from '../components/notice';
import { text, useSubmit } from '../components/use-submit';
import { CopyButton } from './copy-button';

interface TwoFactorSetupProps {
  setup: TotpSetup;
  onDone: (recoveryCodes: string[]) => void;
  onCancel: () => void;
}

/** Hands the secret to an authenticator, and asks for a code to see that it got there. */
export function TwoFactorSetup({ setup, onDone, onCancel }: TwoFactorSetupProps) {
  const { busy, error, onSubmit } = useSubmit(async (form) => {
    onDone(await confirmTotp(text(form, 'code').trim()));
  });
  const isWrong = error instanceof ApiError && error.code === 'auth.second_factor_invalid';

  return (
    <ol className="steps">
      <li>
        <div className="stack">
          <p>Scan this code with your authenticator app.</p>
          <img
            className="qr"
            src={`data:image/svg+xml,${encodeURIComponent(setup.qr_svg)}`}
            alt="QR code for your authenticator app"
            width="208"
            height="208"
          />
          <div className="secret">
            <p>
              No camera? Type this key into the app, or{' '}
              <a href={setup.otpauth_url}>open it on this device</a>.
            </p>
            <code data-testid="totp-secret">{setup.secret.match(/.{1,4}/g)?.join(' ')}</code>
            <CopyButton what="key" text={setup.secret} />
          </div>
        </div>
      </li>
      <li>
        <form className="stack" onSubmit={onSubmit}>
          <p>Type the code that the app shows.</p>
          {error !== undefined && !isWrong && <Notice tone="bad">{describe(error)}</Notice>}
          <Field
            label="6-digit code"
            name="code"
            type="text"
            className="code-input"
            inputMode="numeric"
            autoComplete="one-time-code"
            maxLength={12}
            required
            autoFocus
            problem={isWrong ? 'This code is wrong. Is the clock of your phone right?' : undefined}
          />
          <div className="actions">
            <button type="submit" className="button" disabled={busy}>
              Switch on
            </button>
            <button type="button" className="button button--quiet" onClick={onCancel}>
              Cancel
            </button>
          </div>
        </form>
      </li>
    </ol>
  );
}
