import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const api = 'http://localhost:8000';

export default defineConfig({
  plugins: [react()],
  server: {
    proxy: { '/api': api, '/media': api },
  },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // data: URLs would need a wider Content-Security-Policy for anything but images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // hls.js alone is this large; it loads on the watch page only.
    chunkSizeWarningLimit: 700,
  },
});
