import type { ComponentType } from 'react';
import { createBrowserRouter } from 'react-router';

import { SignedInOnly, SignedOutOnly } from './auth/gates';
import { CrashPage } from './components/crash-page';
import { Layout } from './components/layout';
import { PagePlaceholder } from './components/page-placeholder';

const page = (load: () => Promise<{ default: ComponentType }>) => async () => ({
  Component: (await load()).default,
});

export const router = createBrowserRouter([
  {
    Component: Layout,
    ErrorBoundary: CrashPage,
    HydrateFallback: PagePlaceholder,
    children: [
      {
        ErrorBoundary: CrashPage,
        children: [
          {
            Component: SignedOutOnly,
            children: [
              { path: '/', lazy: page(() => import('./pages/landing')) },
              { path: '/register', lazy: page(() => import('./pages/register')) },
              { path: '/login', lazy: page(() => import('./pages/login')) },
            ],
          },
          { path: '/activate', lazy: page(() => import('./pages/activate')) },
          { path: '/forgot-password', lazy: page(() => import('./pages/forgot-password')) },
          { path: '/reset-password', lazy: page(() => import('./pages/reset-password')) },
          { path: '/confirm-email', lazy: page(() => import('./pages/confirm-email')) },
          {
            Component: SignedInOnly,
            children: [
              { path: '/browse', lazy: page(() => import('./pages/browse')) },
              { path: '/watch/:id', lazy: page(() => import('./pages/watch')) },
              { path: '/upload', lazy: page(() => import('./pages/upload')) },
              { path: '/account', lazy: page(() => import('./pages/account')) },
            ],
          },
          { path: '*', lazy: page(() => import('./pages/not-found')) },
        ],
      },
    ],
  },
]);
