using System.CommandLine;
using Toolchain.Data;

namespace Toolchain.Train.Commands;

/// <summary><c>--data DATA</c>: a data set of the catalog; required.</summary>
internal sealed class DataOption : Option<string>
{
    public DataOption()
        : base("--data") => (Description, HelpName, Required) = ($"The data set: {Known}.", "DATA", true);

    /// <summary>How the known data sets are written.</summary>
    public static string Known => string.Join(", ", DatasetCatalog.Kinds.Select(static k => k.Usage));
}
