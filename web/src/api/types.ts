export interface User {
  id: string;
  email: string;
  username: string;
  name: string;
  language: string;
  role: 'viewer' | 'staff' | 'superuser';
  is_demo: boolean;
  avatar_url: string | null;
  created_at: string;
}

export interface UserEnvelope {
  user: User;
}

export interface Session extends UserEnvelope {
  access_token: string;
  token_type: string;
  expires_in: number;
}

export interface Detail {
  detail: string;
}

export interface Genre {
  slug: string;
  name: string;
}

export interface GenreWithCount extends Genre {
  video_count: number;
}

export interface GenreList {
  genres: GenreWithCount[];
}

export type VideoState = 'pending' | 'processing' | 'ready' | 'failed' | 'cancelled';

export interface Video {
  id: string;
  number: number;
  title: string;
  description: string;
  status: VideoState;
  playable: boolean;
  progress_percent: number;
  duration_seconds: number | null;
  genres: Genre[];
  language: string | null;
  visibility: Visibility;
  thumbnail_url: string | null;
  poster_url: string | null;
  uploaded_by: { id: string; name: string };
  created_at: string;
}

export type Visibility = 'PUBLIC' | 'UNLISTED' | 'PRIVATE';

export interface VideoPage {
  videos: Video[];
  total_count: number;
  page: number;
  page_size: number;
  total_pages: number;
  has_more: boolean;
}

export interface VideoStatus {
  id: string;
  status: VideoState;
  playable: boolean;
  progress: {
    percent: number;
    stage: string;
    eta_seconds: number | null;
    queue_position: number | null;
  };
  renditions: { name: string; status: string }[];
  error: { code: string; detail: string; log_tail: string[] } | null;
}

export interface Subtitle {
  language: string;
  label: string;
  url: string;
}

export interface Playback {
  hls_url: string;
  dash_url: string | null;
  poster_url: string | null;
  thumbnail_url: string | null;
  storyboard_vtt_url: string | null;
  subtitles: Subtitle[];
  resume_at_seconds: number;
  expires_at: string;
}

export interface UploadReceipt {
  id: string;
  number: number;
  filename: string;
  status: VideoState;
  message: string;
}

export interface Problem {
  status: number;
  title: string;
  detail?: string;
  code: string;
  errors?: FieldProblem[];
}

export interface FieldProblem {
  field: string;
  message: string;
}
