namespace Toolchain.Graphs.Editing;

/// <summary>Reads <see cref="LayerExpression"/>s: <c>layer = name ['(' [argument {',' argument}] ')']</c>, <c>argument = [name '='] value</c>, <c>value = word | layer | '(' value {',' value} ')'</c>.</summary>
internal ref struct LayerExpressionReader(string text)
{
    // Deeper nesting means nothing to a person.
    private const int Deepest = 8;
    private int _position;
    private int _depth;

    /// <summary>The whole text as one layer.</summary>
    public LayerExpression Read()
    {
        var layer = Layer();
        return Peek() == '\0' ? layer : throw Expected("the end");
    }

    private LayerExpression Layer()
    {
        var name = Word();
        return char.IsAsciiLetter(name[0]) ? new(name, Peek() == '(' ? List(static (ref reader) => reader.Argument()) : []) : throw Expected("a layer's name", _position - name.Length);
    }

    private LayerArgument Argument()
    {
        var start = _position;
        if (char.IsAsciiLetter(Peek()))
        {
            var name = Word();
            if (Peek() == '=')
            {
                _position++;
                return new(name, Value());
            }
        }

        _position = start;
        return new(null, Value());
    }

    private LayerValue Value()
    {
        if (Peek() == '(')
        {
            return new LayerValue.Tuple(List(static (ref reader) => reader.Value()));
        }

        var start = _position;
        var word = Word();
        if (!char.IsAsciiLetter(word[0]) || (Peek() != '(' && !LayerKinds.IsKnown(word)))
        {
            return new LayerValue.Word(word);
        }

        _position = start;
        return new LayerValue.Nested(Layer());
    }

    private EquatableArray<T> List<T>(Item<T> item)
    {
        if (++_depth > Deepest)
        {
            throw Expected($"at most {Deepest} parentheses inside each other");
        }

        var items = new List<T>();
        _position++;
        while (Peek() != ')')
        {
            items.Add(item(ref this));
            if (Peek() == ',')
            {
                _position++;
            }
            else if (Peek() != ')')
            {
                throw Expected("',' or ')'");
            }
        }

        _position++;
        _depth--;
        return items.ToEquatableArray();
    }

    private delegate T Item<T>(ref LayerExpressionReader reader);

    private string Word()
    {
        _ = Peek();
        var start = _position;
        while (_position < text.Length && (char.IsAsciiLetterOrDigit(text[_position]) || text[_position] is '_' or '.' or '-' or '+'))
        {
            _position++;
        }

        return _position > start ? text[start.._position] : throw Expected("a name or a number");
    }

    private char Peek()
    {
        while (_position < text.Length && char.IsWhiteSpace(text[_position]))
        {
            _position++;
        }

        return _position < text.Length ? text[_position] : '\0';
    }

    private readonly ToolchainException Expected(string what, int? at = null)
    {
        var position = at ?? _position;
        return new(ErrorKind.Usage, $"Layer '{text}' is not understood: expected {what} at character {position + 1}, found {(position < text.Length ? $"'{text[position]}'" : "the end")}. Layers are written as in PyTorch, for example Conv2d(64, kernel_size=3, padding=1).");
    }
}
