"""What gunicorn does is said on its command line. Here it only tells when a worker is ready to be stopped, too."""


def post_worker_init(worker):
    worker.log.info("worker %s is ready", worker.pid)
