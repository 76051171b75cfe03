#!/usr/bin/env bash
#SBATCH --job-name=digits
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --requeue
#SBATCH --open-mode=append

# With GPUs: as many tasks on a node as it has, `--ntasks-per-node=4 --gpus-per-node=4`.
# JAX gives each task of Slurm one of them.
export KERAS_BACKEND=jax
srun --kill-on-bad-exit=1 python train.py
