using Toolchain.Serve.Http;
using Toolchain.Serve.Models;
using Toolchain.Serve.Protocol;

namespace Toolchain.Serve.Features;

/// <summary>A file of a form, with what it shows or why that is not known.</summary>
/// <param name="Name">Its name as it was sent.</param>
/// <param name="Image">What it shows; null when there is a refusal.</param>
/// <param name="Refusal">The response that it would have got as the only one; null when there is an image.</param>
internal sealed record ClassifiedFile(string Name, ClassifiedImage? Image, ErrorResult? Refusal);

/// <summary>
/// Classifies the files of a form. Each is a request of its own to the model: it has its own row, which it gives back as soon as its outputs are
/// read, so that no form, however large, waits for rows while it holds some; and a bad file spoils no other.
/// </summary>
internal static class ClassifiedFiles
{
    /// <summary>Classifies all of them, several at the same time.</summary>
    /// <param name="model">A model with an image input and classes.</param>
    /// <param name="decoding">Decodes images.</param>
    /// <param name="files">The files.</param>
    /// <param name="body">The body in which they lie.</param>
    /// <param name="top">Most classes of each.</param>
    /// <param name="explain">Whether it is wanted why the batches were what they were.</param>
    /// <param name="cancellationToken">The client went away.</param>
    /// <returns>One for each file, in their order.</returns>
    public static Task<ClassifiedFile[]> RunAsync(
        ServedModel model, ImageDecoding decoding, List<MultipartFile> files, ReadOnlyMemory<byte> body, int top, bool explain, CancellationToken cancellationToken) =>
        Task.WhenAll(files.Select(file => Task.Run(() => RunAsync(new Inference(model, decoding), file, body, top, explain, cancellationToken), cancellationToken)));

    private static async Task<ClassifiedFile> RunAsync(Inference inference, MultipartFile file, ReadOnlyMemory<byte> body, int top, bool explain, CancellationToken cancellationToken)
    {
        try
        {
            var refusal = await inference.RunAsync(InferBinding.OfImage(inference.Model, file.Content), body, cancellationToken).ConfigureAwait(false);
            return new(file.Name, refusal is null ? ClassifiedImage.Of(inference, top, explain) : null, refusal);
        }
        catch (Exception failure)
        {
            inference.Fail(failure);
            if (ErrorResponses.Describe(failure) is { } refusal)
            {
                return new(file.Name, null, refusal);
            }

            throw;
        }
    }
}
