import { useEffect, useState } from 'react';

export interface Still {
  startSeconds: number;
  sheetUrl: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Reads a WebVTT file whose cues name a region of a sprite sheet (`sheet.jpg#xywh=0,0,160,90`). */
function parseStoryboard(vtt: string, baseUrl: string): Still[] {
  return vtt.split(/\r?\n\r?\n/).flatMap((block) => {
    const start = /([\d:.]+)\s+-->/.exec(block);
    const image = /^(\S+)#xywh=(?:pixel:)?(\d+),(\d+),(\d+),(\d+)\s*$/m.exec(block);
    if (!start || !image) return [];
    const [x = 0, y = 0, width = 0, height = 0] = image.slice(2).map(Number);
    return [
      {
        startSeconds: seconds(start[1] ?? ''),
        sheetUrl: new URL(image[1] ?? '', baseUrl).href,
        x,
        y,
        width,
        height,
      },
    ];
  });
}

/** The stills for seek previews; none until they are loaded, or when there are none. */
export function useStoryboard(url: string | null): Still[] {
  const [stills, setStills] = useState<Still[]>([]);

  useEffect(() => {
    if (url === null) return;
    const controller = new AbortController();
    fetch(url, { signal: controller.signal })
      .then(async (response) => {
        if (response.ok) setStills(parseStoryboard(await response.text(), response.url));
      })
      .catch(() => undefined);
    return () => controller.abort();
  }, [url]);

  return stills;
}

function seconds(timestamp: string): number {
  return timestamp.split(':').reduce((total, part) => total * 60 + Number(part), 0);
}
