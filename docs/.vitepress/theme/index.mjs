// The default theme with the system's fonts: nothing is fetched from elsewhere.
import { useRoute } from 'vitepress';
import theme from 'vitepress/theme-without-fonts';
import { nextTick, onMounted, watch } from 'vue';
import './style.css';

/** The theme's front page has no main landmark; its other pages have one. */
async function markMain() {
  await nextTick();
  const content = document.getElementById('VPContent');
  if (content?.classList.contains('is-home')) content.setAttribute('role', 'main');
  else content?.removeAttribute('role');
}

export default {
  extends: theme,
  setup() {
    const route = useRoute();
    onMounted(() => watch(() => route.path, markMain, { immediate: true }));
  },
};
