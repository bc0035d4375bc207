import { Link, useSearchParams } from 'react-router';

import { signIn } from '../api/accounts';
import { ApiError, describe } from '../api/error';
import { useAuth } from '../auth/auth-context';
import { CardPage } from '../components/card-page';
import { DemoButton } from '../components/demo-button';
import { Field } from '../components/field';
import { Notice } from '../components/notice';
import { ResendActivation } from '../components/resend-activation';
import { text, useSubmit } from '../components/use-submit';

export default function LoginPage() {
  const { enter } = useAuth();
  const [query] = useSearchParams();
  const { busy, error, onSubmit, problem } = useSubmit(async (form) => {
    const { user } = await signIn({
      login: text(form, 'login').trim(),
      password: text(form, 'password'),
      rememberMe: form.has('remember_me'),
    });
    enter(user);
  });

  return (
    <CardPage title="Sign in">
      <form className="stack" onSubmit={onSubmit}>
        {error !== undefined && <Notice tone="bad">{explain(error)}</Notice>}
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
            <input type="checkbox" name="remember_me" /> Remember me
          </label>
          <Link to="/forgot-password">Forgot password?</Link>
        </div>
        <button type="submit" className="button" disabled={busy}>
          Sign in
        </button>
      </form>
      {error instanceof ApiError && error.code === 'auth.not_activated' && <ResendActivation />}
      <div className="divider">or</div>
      <DemoButton className="button button--quiet" />
      <p className="card__foot">
        New here? <Link to="/register">Create an account</Link>
      </p>
    </CardPage>
  );
}

function explain(error: unknown): string {
  if (!(error instanceof ApiError)) return describe(error);
  switch (error.code) {
    case 'auth.invalid_credentials':
      return 'That name and password do not match an active account. If you just registered, open the link in your mail first.';
    case 'auth.not_activated':
      return 'This account is not active yet. Open the link in your mail, or ask for a new one below.';
    default:
      return describe(error);
  }
}
