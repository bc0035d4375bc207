import { useAction } from '../components/use-action';
import { useState } from 'react';

/** Copies a text; absent where the browser does not let pages do that, such as under plain http. */
export function CopyButton({ what, text }: { what: string; text: string }) {
  const [copied, setCopied] = useState(false);
  const { error, run } = useAction(async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  });
  const clipboard = (navigator as { clipboard?: Clipboard }).clipboard;
  if (!clipboard) return null;

  return (
    <>
      <button type="button" className="button button--quiet" onClick={() => void run()}>
        Copy {what}
      </button>
      <span className="quiet" role="status">
        {error !== undefined ? 'The browser did not allow it.' : copied && 'Copied.'}
      </span>
    </>
  );
}
