import type { ReactNode } from 'react';

interface NoticeProps {
  tone: 'info' | 'good' | 'warn' | 'bad';
  children: ReactNode;
}

export function Notice({ tone, children }: NoticeProps) {
  return (
    <div
      className={`notice notice--${tone}`}
      role={tone === 'bad' || tone === 'warn' ? 'alert' : 'status'}
    >
      {children}
    </div>
  );
}
