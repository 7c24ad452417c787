using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A source of random numbers.</summary>
    public class Generator : IDisposable
    {
        /// <summary>A new generator, independent of the default one.</summary>
        public Generator(ulong seed = 0, Device? device = null)
            : this(device ?? CPU, target => Library.NewGenerator(seed, target.Packed))
        {
        }

        private Generator(Device device, Func<Device, nint> open)
        {
            this.device = device;
            Handle = Library.Check(open(device));
        }

        ~Generator() => Dispose(false);

        public IntPtr Handle { get; private set; }

        public Device device { get; private set; }

        /// <summary>The generator that operations use when none is given.</summary>
        public static Generator Default => DefaultOf(CPU);

        internal static Generator DefaultOf(Device device) => new(device, target => Library.DefaultGenerator(target.Packed));

        /// <summary>The whole state as Byte elements; <see cref="set_state"/> continues from it exactly.</summary>
        public Tensor get_state()
        {
            var state = new Tensor(Library.Check(Library.GeneratorState(Handle)));
            GC.KeepAlive(this);
            return state;
        }

        public void set_state(Tensor value)
        {
            Library.Check(Library.SetGeneratorState(Handle, value.Handle));
            GC.KeepAlive(this);
            GC.KeepAlive(value);
        }

        public Generator manual_seed(long seed)
        {
            Library.Check(Library.SeedGenerator(Handle, (ulong)seed));
            return this;
        }

        /// <summary>Seeds from the clock and gives the seed.</summary>
        public long seed()
        {
            var seed = DateTime.UtcNow.Ticks;
            manual_seed(seed);
            return seed;
        }

        public long initial_seed() => (long)Library.GeneratorSeed(Handle);

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            if (Handle != 0)
                Library.ReleaseGenerator(Handle);
            Handle = 0;
        }
    }

    /// <summary>The default generators.</summary>
    public static partial class random
    {
        /// <summary>Seeds the default generators of all devices.</summary>
        public static Generator manual_seed(long seed)
        {
            Library.Check(Library.ManualSeed((ulong)seed));
            return Generator.Default;
        }

        public static long seed()
        {
            var seed = DateTime.UtcNow.Ticks;
            manual_seed(seed).Dispose();
            return seed;
        }

        public static long initial_seed()
        {
            using var generator = Generator.Default;
            return generator.initial_seed();
        }

        public static Tensor get_rng_state()
        {
            using var generator = Generator.Default;
            return generator.get_state();
        }

        public static void set_rng_state(Tensor new_state)
        {
            using var generator = Generator.Default;
            generator.set_state(new_state);
        }
    }

    public static long seed() => random.seed();

    public static Generator manual_seed(long seed) => random.manual_seed(seed);

    public static long initial_seed() => random.initial_seed();

    /// <summary>The state of the default CPU generator.</summary>
    public static Tensor get_rng_state() => random.get_rng_state();

    public static void set_rng_state(Tensor new_state) => random.set_rng_state(new_state);
}
