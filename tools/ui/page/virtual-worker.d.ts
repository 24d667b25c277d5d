declare module "virtual:worker" {
  const code: string;
  export default code;
}
