import scene1080 from '../assets/scene-1080.jpg';
import scene360 from '../assets/scene-360.png';
import scene480 from '../assets/scene-480.png';
import scene720 from '../assets/scene-720.png';

const slices = [
  { label: '360p', image: scene360 },
  { label: '480p', image: scene480 },
  { label: '720p', image: scene720 },
  { label: '1080p', image: scene1080 },
];

/** One landscape that sharpens from left to right, a slice for each quality. */
export function ResolvingScene() {
  return (
    <div className="scene" aria-hidden="true">
      {slices.map(({ label, image }) => (
        <img key={label} src={image} alt="" />
      ))}
      <div className="scene__labels edge-print">
        {slices.map(({ label }) => (
          <span key={label}>{label}</span>
        ))}
      </div>
    </div>
  );
}
