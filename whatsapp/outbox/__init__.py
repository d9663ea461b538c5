"""What leaves: announced, enqueued, sent, and what Meta reports of it."""
