"""The smallest page there is: what Streamlit itself costs. Garbage collection is settled as on the dashboard."""

import gc

import streamlit as st


@st.cache_resource(show_spinner=False)
def settle_memory() -> None:
    gc.collect()
    gc.freeze()


settle_memory()
st.markdown(f"The value is {st.slider('Value', 0, 1000, key='value')}.")
