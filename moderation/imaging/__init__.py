"""What can be told of an image without looking at it: pure functions of its bytes, no table and no request.

numpy and the model are loaded by whoever calls `pdq`, `index` or `nudity`: the process that runs jobs.
"""
