import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';

import { signIn, type Credentials } from '../api/accounts';
import { ApiError } from '../api/error';
import { useAuth } from '../auth/auth-context';
import { CodeStep } from '../auth/code-step';
import { explainSignIn, mayNeedActivation } from '../auth/explain-sign-in';
import { PasskeyButton } from '../auth/passkey-button';
import { CardPage } from '../components/card-page';
import { DemoButton } from '../components/demo-button';
import { Field } from '../components/field';
import { Notice } from '../components/notice';
import { ResendActivation } from '../components/resend-activation';
import { text, useSubmit } from '../components/use-submit';

export default function LoginPage() {
  const [halfway, setHalfway] = useState<Credentials>();
  return halfway === undefined ? (
    <PasswordStep onSecondFactor={setHalfway} />
  ) : (
    <CodeStep credentials={halfway} onBack={() => setHalfway(undefined)} />
  );
}

function PasswordStep({ onSecondFactor }: { onSecondFactor: (credentials: Credentials) => void }) {
  const { enter } = useAuth();
  const [query] = useSearchParams();
  const [rememberMe, setRememberMe] = useState(false);
  const { busy, error, onSubmit, problem } = useSubmit(async (form) => {
    const credentials = {
      login: text(form, 'login').trim(),
      password: text(form, 'password'),
      rememberMe,
    };
    try {
      enter((await signIn(credentials)).user);
    } catch (reason) {
      const isHalfway = reason instanceof ApiError && reason.code === 'auth.second_factor_required';
      if (!isHalfway) throw reason;
      onSecondFactor(credentials);
    }
  });

  return (
    <CardPage title="Sign in">
      <form className="stack" onSubmit={onSubmit}>
        {error !== undefined && <Notice tone="bad">{explainSignIn(error)}</Notice>}
        {error === undefined && query.has('next') && (
          <Notice tone="info">Sign in to go on to the page you asked for.</Notice>
        )}
        <Field
          label="Email or username"
          name="login"
          type="text"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          problem={problem('email') ?? problem('username')}
        />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
          problem={problem('password')}
        />
        <div className="field-row">
          <label className="check">
            <input
              type="checkbox"
              checked={rememberMe}
              onChange={(event) => setRememberMe(event.target.checked)}
            />{' '}
            Remember me
          </label>
          <Link to="/forgot-password">Forgot password?</Link>
        </div>
        <button type="submit" className="button" disabled={busy}>
          Sign in
        </button>
      </form>
      {mayNeedActivation(error) && (
        <details className="disclosure">
          <summary>Ask for a new activation mail</summary>
          <ResendActivation />
        </details>
      )}
      <div className="divider">or</div>
      <div className="card__others">
        <PasskeyButton rememberMe={rememberMe} />
        <DemoButton className="button button--quiet" />
      </div>
      <p className="card__foot">
        New here? <Link to="/register">Create an account</Link>
      </p>
    </CardPage>
  );
}
