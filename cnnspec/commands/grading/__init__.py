"""What `cnnspec grade` is made of: submissions, their private copies, and the judging of one.

submissions: what of a folder is a submission. sources: what a file defines, notebooks included.
staging: the copy that is judged. shortcuts: libraries that do the work. one: judges one submission.
records: what is kept of each. running: judges many, so many at a time.
"""
