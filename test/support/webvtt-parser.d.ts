declare module 'webvtt-parser';
