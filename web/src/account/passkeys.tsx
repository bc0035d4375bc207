import { browserSupportsWebAuthn } from '@simplewebauthn/browser';
import { useState } from 'react';

import { fetchPasskeys, removePasskey } from '../api/security';
import type { Passkey } from '../api/types';
import { useLoad } from '../api/use-load';
import { createPasskey, explainPasskey, isCancelled } from '../auth/passkeys';
import { Field } from '../components/field';
import { PagePlaceholder } from '../components/page-placeholder';
import { PasswordDialog } from '../components/password-dialog';
import { text } from '../components/use-submit';
import { day } from '../format';
import { NotLoaded } from '../components/not-loaded';

type Asking = { for: 'adding' } | { for: 'removing'; passkey: Passkey };

/** The account's passkeys; `onChange` hears of new and removed ones. */
export function Passkeys({ onChange }: { onChange: () => void }) {
  const { result, reload } = useLoad('passkeys', fetchPasskeys);
  const [asking, setAsking] = useState<Asking>();
  const close = () => setAsking(undefined);
  const changed = () => {
    reload();
    onChange();
  };

  if (result.state === 'loading') return <PagePlaceholder />;
  if (result.state === 'failed') return <NotLoaded error={result.error} onRetry={reload} />;
  return (
    <>
      <PasskeyList
        passkeys={result.value}
        onRemove={(passkey) => setAsking({ for: 'removing', passkey })}
      />
      {result.outdated !== undefined && <NotLoaded error={result.outdated} onRetry={reload} />}
      <div className="actions">
        {browserSupportsWebAuthn() ? (
          <button
            type="button"
            className="button button--quiet"
            onClick={() => setAsking({ for: 'adding' })}
          >
            Add a passkey
          </button>
        ) : (
          <p className="quiet">This browser cannot make passkeys.</p>
        )}
      </div>
      {asking?.for === 'adding' && <AddDialog onAdded={changed} onClose={close} />}
      {asking?.for === 'removing' && (
        <PasswordDialog
          title={`Remove “${asking.passkey.name}”`}
          intro="It can no longer be used to sign in. Delete it on the device as well."
          action="Remove"
          onConfirm={async (password) => {
            await removePasskey(asking.passkey.id, password);
            changed();
          }}
          onClose={close}
        />
      )}
    </>
  );
}

interface PasskeyListProps {
  passkeys: readonly Passkey[];
  onRemove: (passkey: Passkey) => void;
}

function PasskeyList({ passkeys, onRemove }: PasskeyListProps) {
  if (passkeys.length === 0) return <p>You have no passkeys.</p>;
  return (
    <ul className="entries">
      {passkeys.map((passkey) => (
        <li key={passkey.id}>
          <div>
            <strong>{passkey.name}</strong>
            <div className="facts">
              <span>{passkey.is_synced ? 'On all your devices' : 'On one device'}</span>
              <span>Added {day(passkey.created_at)}</span>
              <span>
                {passkey.last_used_at === null
                  ? 'Not used yet'
                  : `Last used ${day(passkey.last_used_at)}`}
              </span>
            </div>
          </div>
          <button
            type="button"
            className="button button--quiet button--small"
            aria-label={`Remove ${passkey.name}`}
            onClick={() => onRemove(passkey)}
          >
            Remove
          </button>
        </li>
      ))}
    </ul>
  );
}

function AddDialog({ onAdded, onClose }: { onAdded: () => void; onClose: () => void }) {
  return (
    <PasswordDialog
      title="Add a passkey"
      intro="Your browser then asks you to confirm with a fingerprint, your face, the screen lock or a security key."
      action="Continue"
      fields={
        <Field
          label="Name"
          name="name"
          type="text"
          maxLength={60}
          autoComplete="off"
          required
          hint="So that you recognise it later, such as “Laptop”."
        />
      }
      explain={(error) => (isCancelled(error) ? 'No passkey was made.' : explainPasskey(error))}
      onConfirm={async (password, form) => {
        await createPasskey(text(form, 'name').trim(), password);
        onAdded();
      }}
      onClose={onClose}
    />
  );
}
