"""The smallest page there is: what Streamlit itself costs, under the dashboard's settings."""

import streamlit as st

st.markdown(f"The value is {st.slider('Value', 0, 1000, key='value')}.")
