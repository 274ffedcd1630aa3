"""A page that answers a typed text with a line of text: what a browser needs where there is nothing to draw."""

import gc

import streamlit as st


@st.cache_resource(show_spinner=False)
def settle_memory() -> None:
    gc.collect()
    gc.freeze()


settle_memory()
st.markdown(f"The value is {st.text_input('Value', '1', key='value')}.")
