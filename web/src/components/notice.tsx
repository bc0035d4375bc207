import type { ReactNode } from 'react';

interface NoticeProps {
  tone: 'info' | 'good' | 'bad';
  children: ReactNode;
}

export function Notice({ tone, children }: NoticeProps) {
  return (
    <div className={`notice notice--${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      {children}
    </div>
  );
}
