import { useEffect } from 'react';

import type { PlayerActions } from './actions';

/** Space or K, arrows, F, M and C act on the player wherever the focus is, except in a form. */
export function useShortcuts(actions: PlayerActions): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLElement && keepsKey(event.target, event.key)) return;
      const act = shortcut(actions, event.key);
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [actions]);
}

function shortcut(actions: PlayerActions, key: string): (() => void) | undefined {
  switch (key.toLowerCase()) {
    case ' ':
    case 'k':
      return actions.togglePlay;
    case 'arrowleft':
      return () => actions.seekBy(-5);
    case 'arrowright':
      return () => actions.seekBy(5);
    case 'arrowup':
      return () => actions.changeVolumeBy(0.1);
    case 'arrowdown':
      return () => actions.changeVolumeBy(-0.1);
    case 'f':
      return actions.toggleFullscreen;
    case 'm':
      return actions.toggleMute;
    case 'c':
      return actions.toggleCaptions;
    default:
      return undefined;
  }
}

function keepsKey(target: HTMLElement, key: string): boolean {
  if (target.closest('select, textarea, [popover]')) return true;
  if (target instanceof HTMLInputElement) {
    if (target.type !== 'range') return true;
    return target.getAttribute('aria-label') === 'Volume' && key.startsWith('Arrow');
  }
  return key === ' ' && target.closest('button, a, summary') !== null;
}
