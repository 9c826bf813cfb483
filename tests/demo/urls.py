"""The addresses of a service that is a demonstration."""

from django.urls import include, path

from config.urls import urlpatterns as everything

urlpatterns = [path("demonstration/", include("config.demo.urls")), *everything]
