import type { RefObject } from 'react';

export interface PlayerActions {
  togglePlay: () => void;
  seekTo: (seconds: number) => void;
  seekBy: (seconds: number) => void;
  setVolume: (volume: number) => void;
  changeVolumeBy: (step: number) => void;
  toggleMute: () => void;
  toggleCaptions: () => void;
  toggleFullscreen: () => void;
}

// Only the iPhone's Safari has it, and there it is the only way to full screen.
type MobileVideo = HTMLVideoElement & { webkitEnterFullscreen?: () => void };

/** Everything a viewer can do to the film, for the buttons and the keyboard alike. */
export function playerActions(
  video: RefObject<HTMLVideoElement | null>,
  frame: RefObject<HTMLElement | null>,
  toggleCaptions: () => void,
): PlayerActions {
  const withVideo = (act: (element: MobileVideo) => void) => {
    if (video.current) act(video.current);
  };
  const seekTo = (seconds: number) =>
    withVideo((element) => {
      const { seekable } = element;
      const end = seekable.length > 0 ? seekable.end(seekable.length - 1) : element.duration;
      if (Number.isFinite(end)) element.currentTime = Math.min(Math.max(0, seconds), end);
    });
  const setVolume = (volume: number) =>
    withVideo((element) => {
      element.volume = Math.min(1, Math.max(0, volume));
      element.muted = element.volume === 0;
    });

  return {
    togglePlay: () =>
      withVideo((element) => {
        if (element.paused) playIfAllowed(element);
        else element.pause();
      }),
    seekTo,
    seekBy: (seconds) => withVideo((element) => seekTo(element.currentTime + seconds)),
    setVolume,
    changeVolumeBy: (step) =>
      withVideo((element) => setVolume((element.muted ? 0 : element.volume) + step)),
    toggleMute: () =>
      withVideo((element) => {
        element.muted = !element.muted;
        if (!element.muted && element.volume === 0) element.volume = 0.5;
      }),
    toggleCaptions,
    toggleFullscreen: () =>
      withVideo((element) => {
        if (document.fullscreenElement) void document.exitFullscreen();
        else if (document.fullscreenEnabled) void frame.current?.requestFullscreen();
        else element.webkitEnterFullscreen?.();
      }),
  };
}

/** Starts the film; a browser that wants a click first leaves it paused. */
export function playIfAllowed(element: HTMLVideoElement): void {
  element.play().catch(() => undefined);
}
