// A stylesheet imported as text; the build minifies it.
declare module "*.css" {
  const text: string;
  export default text;
}
