import { describe } from '../api/error';
import { Notice } from './notice';

export function NotLoaded({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <>
      <Notice tone="bad">{describe(error)}</Notice>
      <div>
        <button type="button" className="button button--quiet" onClick={onRetry}>
          Try again
        </button>
      </div>
    </>
  );
}
