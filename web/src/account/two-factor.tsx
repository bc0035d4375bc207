import { useState } from 'react';

import { beginTotp, removeTotp, renewRecoveryCodes } from '../api/security';
import type { SecondFactor, TotpSetup } from '../api/types';
import { PasswordDialog } from '../components/password-dialog';
import { counted, day } from '../format';
import { RecoveryCodeList } from './recovery-code-list';
import { TwoFactorSetup } from './two-factor-setup';

type Step =
  { step: 'state' } | { step: 'setup'; setup: TotpSetup } | { step: 'codes'; codes: string[] };

interface TwoFactorProps {
  state: SecondFactor;
  onChange: () => void;
}

/** Two-factor sign-in as it is, and the steps of switching it on. */
export function TwoFactor({ state, onChange }: TwoFactorProps) {
  const [step, setStep] = useState<Step>({ step: 'state' });
  const show = (codes: string[]) => {
    setStep({ step: 'codes', codes });
    onChange();
  };

  switch (step.step) {
    case 'setup':
      return (
        <TwoFactorSetup
          setup={step.setup}
          onDone={show}
          onCancel={() => setStep({ step: 'state' })}
        />
      );
    case 'codes':
      return <RecoveryCodeList codes={step.codes} onDone={() => setStep({ step: 'state' })} />;
    case 'state':
      return state.enabled ? (
        <On state={state} onCodes={show} onChange={onChange} />
      ) : (
        <Off onSetup={(setup) => setStep({ step: 'setup', setup })} />
      );
  }
}

function Off({ onSetup }: { onSetup: (setup: TotpSetup) => void }) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <p>Two-factor sign-in is off.</p>
      <div className="actions">
        <button type="button" className="button" onClick={() => setAsking(true)}>
          Set up
        </button>
      </div>
      {asking && (
        <PasswordDialog
          title="Set up two-factor sign-in"
          intro="You need an authenticator app on your phone, or a password manager that makes codes."
          action="Continue"
          onConfirm={async (password) => onSetup(await beginTotp(password))}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}

interface OnProps {
  state: SecondFactor;
  onCodes: (codes: string[]) => void;
  onChange: () => void;
}

function On({ state, onCodes, onChange }: OnProps) {
  const [asking, setAsking] = useState<'codes' | 'off'>();
  return (
    <>
      <p>
        Two-factor sign-in is <strong>on</strong>
        {state.confirmed_at !== null && ` since ${day(state.confirmed_at)}`}.{' '}
        {left(state.recovery_codes_left)}
      </p>
      <div className="actions">
        <button type="button" className="button button--quiet" onClick={() => setAsking('codes')}>
          New recovery codes
        </button>
        <button type="button" className="button button--quiet" onClick={() => setAsking('off')}>
          Switch off
        </button>
      </div>
      {asking === 'codes' && (
        <PasswordDialog
          title="New recovery codes"
          intro="You get ten new codes. The old ones stop working."
          action="Make new codes"
          onConfirm={async (password) => onCodes(await renewRecoveryCodes(password))}
          onClose={() => setAsking(undefined)}
        />
      )}
      {asking === 'off' && (
        <PasswordDialog
          title="Switch two-factor sign-in off"
          intro="Your password alone will be enough to sign in. The recovery codes stop working."
          action="Switch off"
          onConfirm={async (password) => {
            await removeTotp(password);
            onChange();
          }}
          onClose={() => setAsking(undefined)}
        />
      )}
    </>
  );
}

function left(codes: number): string {
  return codes === 0
    ? 'No recovery codes are left: make new ones.'
    : `${counted(codes, 'recovery code')} left.`;
}
