"""Addresses that only a demonstration has."""

from django.urls import path

from config.demo.entrance import enter

urlpatterns = [path("enter/", enter, name="demonstration-enter")]
