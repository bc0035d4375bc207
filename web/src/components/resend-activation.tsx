import { useState } from 'react';

import { resendActivation } from '../api/accounts';
import { describe } from '../api/error';
import { EmailField } from './email-field';
import { Notice } from './notice';
import { text, useSubmit } from './use-submit';

export function ResendActivation({ email }: { email?: string }) {
  const [sent, setSent] = useState(false);
  const { busy, general, onSubmit, problem } = useSubmit(async (form) => {
    await resendActivation(email ?? text(form, 'email').trim());
    setSent(true);
  });

  if (sent) {
    return (
      <Notice tone="good">
        If the address belongs to an account that is not active yet, a new link is on its way.
      </Notice>
    );
  }
  return (
    <form className="stack" onSubmit={onSubmit}>
      {general !== undefined && <Notice tone="bad">{describe(general)}</Notice>}
      {email === undefined && <EmailField problem={problem('email')} />}
      <button type="submit" className="button button--quiet" disabled={busy}>
        Send a new link
      </button>
    </form>
  );
}
