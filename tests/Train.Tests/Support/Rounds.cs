using System.Globalization;

namespace Toolchain.Train.Tests.Support;

/// <summary>How often something is tried: seldom in the suite, and as often as the environment says where there is time.</summary>
internal static class Rounds
{
    /// <summary>The number that an environment variable has.</summary>
    /// <param name="variable">Its name.</param>
    /// <param name="standard">The number without it.</param>
    public static int Of(string variable, int standard) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var rounds) ? rounds : standard;
}
