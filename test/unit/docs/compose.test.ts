import { readFileSync } from 'node:fs';

const compose = readFileSync('docker-compose.yml', 'utf8');
const dockerfile = readFileSync('Dockerfile', 'utf8');

test('every image has a version that does not move', () => {
  const images = [
    ...compose.matchAll(/^ +image: (.+)$/gm),
    ...dockerfile.matchAll(/^FROM (\S+)/gm),
  ].map(([, image = '']) => image);
  expect(images.length).toBeGreaterThan(5);
  expect(images.filter((image) => !/:\D*\d+[.-]\d+/.test(image))).toEqual([]);
});

test('no secret has a default', () => {
  const defaults = [...compose.matchAll(/\$\{(\w*(?:PASSWORD|SECRET|KEY|SMTP)\w*):-(?!\})/g)];
  expect(defaults.map(([, name]) => name)).toEqual([]);
});

test('every variable of docker-compose.yml is in .env.example, without a value', () => {
  const example = readFileSync('.env.example', 'utf8').split('\n');
  const names = [...compose.matchAll(/\$\{(\w+)/g)].map(([, name]) => `${name}=`);
  expect(names.filter((name) => !example.includes(name))).toEqual([]);
});
