import { useState } from 'react';

import { signIn, type Credentials } from '../api/accounts';
import { ApiError } from '../api/error';
import { CardPage } from '../components/card-page';
import { Field } from '../components/field';
import { Notice } from '../components/notice';
import { text, useSubmit } from '../components/use-submit';
import { useAuth } from './auth-context';
import { explainSignIn } from './explain-sign-in';

interface CodeStepProps {
  /** Right so far. */
  credentials: Credentials;
  onBack: () => void;
}

/** The second step of a sign-in: the code of the authenticator, or a recovery code. */
export function CodeStep({ credentials, onBack }: CodeStepProps) {
  const [recovering, setRecovering] = useState(false);
  return (
    <CardPage title="One more step" intro={`You are signing in as ${credentials.login}.`}>
      <CodeForm key={String(recovering)} credentials={credentials} recovering={recovering} />
      <div className="actions">
        <button
          type="button"
          className="link-button"
          onClick={() => setRecovering((before) => !before)}
        >
          {recovering ? 'Use the authenticator app' : 'Use a recovery code'}
        </button>
        <button type="button" className="link-button" onClick={onBack}>
          Sign in as somebody else
        </button>
      </div>
    </CardPage>
  );
}

interface CodeFormProps {
  credentials: Credentials;
  recovering: boolean;
}

function CodeForm({ credentials, recovering }: CodeFormProps) {
  const { enter } = useAuth();
  const { busy, error, onSubmit } = useSubmit(async (form) => {
    const { user } = await signIn({ ...credentials, code: text(form, 'code').trim() });
    enter(user);
  });
  const isWrong = error instanceof ApiError && error.code === 'auth.second_factor_invalid';

  return (
    <form className="stack" onSubmit={onSubmit}>
      {error !== undefined && !isWrong && <Notice tone="bad">{explainSignIn(error)}</Notice>}
      <Field
        label={recovering ? 'Recovery code' : 'Code from your authenticator app'}
        name="code"
        type="text"
        className="code-input"
        inputMode={recovering ? 'text' : 'numeric'}
        autoComplete="one-time-code"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        maxLength={40}
        required
        autoFocus
        hint={recovering ? 'Each one works once.' : '6 digits, new every half a minute.'}
        problem={isWrong ? 'This code is wrong or was used already.' : undefined}
      />
      <button type="submit" className="button" disabled={busy}>
        Sign in
      </button>
    </form>
  );
}
