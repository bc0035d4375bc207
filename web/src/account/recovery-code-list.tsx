import { useEffect, useRef } from 'react';

import { CopyButton } from './copy-button';

interface RecoveryCodeListProps {
  codes: readonly string[];
  onDone: () => void;
}

/** Recovery codes, which are shown this once. */
export function RecoveryCodeList({ codes, onDone }: RecoveryCodeListProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const lines = `${codes.join('\n')}\n`;

  return (
    <>
      <h3 ref={heading} tabIndex={-1}>
        Save your recovery codes
      </h3>
      <p>
        Two-factor sign-in is on. If you lose your phone, each of these codes lets you in once, in
        place of the app. They are not shown again: keep them where you keep your passwords.
      </p>
      <ul className="codes">
        {codes.map((code) => (
          <li key={code}>
            <code data-testid="recovery-code">{code}</code>
          </li>
        ))}
      </ul>
      <div className="actions">
        <a
          className="button button--quiet"
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(lines)}`}
          download="videoflix-recovery-codes.txt"
        >
          Download
        </a>
        <CopyButton what="codes" text={lines} />
      </div>
      <div className="actions">
        <button type="button" className="button" onClick={onDone}>
          I have saved them
        </button>
      </div>
    </>
  );
}
