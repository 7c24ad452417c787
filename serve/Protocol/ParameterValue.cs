using System.Globalization;
using Toolchain.Serve.Http;

namespace Toolchain.Serve.Protocol;

/// <summary>The value of a request's parameter, whichever protocol brought it: a boolean, a whole number, or something that no parameter of this server is.</summary>
internal readonly record struct ParameterValue
{
    private readonly long _number;
    private readonly bool _isFlag;
    private readonly string? _other;

    /// <summary>A boolean.</summary>
    public ParameterValue(bool flag) => (_isFlag, _number) = (true, flag ? 1 : 0);

    /// <summary>A whole number.</summary>
    public ParameterValue(long number) => _number = number;

    /// <summary>Anything else; only messages show it.</summary>
    public ParameterValue(string other) => _other = other;

    /// <summary>The value as a boolean.</summary>
    /// <exception cref="RequestException">It is none (400).</exception>
    public bool Flag(string name) => _isFlag ? _number != 0 : throw RequestException.Bad($"Expected {name} to be true or false, found {this}.");

    /// <summary>The value as a whole number from 0.</summary>
    /// <exception cref="RequestException">It is none, or more than <paramref name="most"/> (400).</exception>
    public long Count(string name, long most = long.MaxValue) => !_isFlag && _other is null && _number >= 0 && _number <= most
        ? _number
        : throw RequestException.Bad($"Expected {name} to be a whole number from 0 to {(most == long.MaxValue ? "2^63 - 1" : most.ToString(CultureInfo.InvariantCulture))}, found {this}.");

    /// <inheritdoc/>
    public override string ToString() => _other ?? (_isFlag ? (_number != 0 ? "true" : "false") : _number.ToString(CultureInfo.InvariantCulture));
}
