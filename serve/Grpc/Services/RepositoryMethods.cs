using Toolchain.Serve.Features;
using Toolchain.Serve.Http;
using Toolchain.Serve.Models;

namespace Toolchain.Serve.Grpc.Services;

/// <summary>What the registry has, and loading and unloading it. There is one registry, so requests name none.</summary>
internal sealed class RepositoryMethods(ModelControl control, ServeOptions options)
{
    /// <summary><c>RepositoryIndex</c>.</summary>
    /// <exception cref="RequestException">A repository is named.</exception>
    public Messages.RepositoryIndexResponse Index(Messages.RepositoryIndexRequest request)
    {
        RefuseRepository(request.RepositoryName);
        return new()
        {
            Models =
            {
                control.Index().Where(model => !request.Ready || model.Status == ModelStatus.Ready).Select(static model => new Messages.RepositoryIndexResponse.Types.ModelIndex
                {
                    Name = model.Name,
                    Version = model.Version,
                    State = model.Status.Text(),
                    Reason = model.Reason,
                }),
            },
        };
    }

    /// <summary><c>RepositoryModelLoad</c>.</summary>
    /// <exception cref="RequestException">A repository is named, or a configuration or files come with it, or clients may not load models.</exception>
    public async Task<Messages.RepositoryModelLoadResponse> LoadAsync(Messages.RepositoryModelLoadRequest request, CancellationToken cancellation)
    {
        var model = Model(request.RepositoryName, request.ModelName);
        if (request.Parameters.Count > 0)
        {
            throw RequestException.Unsupported($"Parameter '{request.Parameters.Keys.First()}' is not supported by this server: models come from its registry as they are.");
        }

        await control.LoadAsync(model, cancellation).ConfigureAwait(false);
        return request.ModelName.Length > 0 ? new() : new() { ModelName = model, IsLoaded = true };
    }

    /// <summary><c>RepositoryModelUnload</c>.</summary>
    /// <exception cref="RequestException">A repository is named, or clients may not unload models.</exception>
    public async Task<Messages.RepositoryModelUnloadResponse> UnloadAsync(Messages.RepositoryModelUnloadRequest request, CancellationToken cancellation)
    {
        var model = Model(request.RepositoryName, request.ModelName);
        await control.UnloadAsync(model, cancellation).ConfigureAwait(false);
        return request.ModelName.Length > 0 ? new() : new() { ModelName = model, IsUnloaded = true };
    }

    // KServe's clients put the model's name where Triton's put the repository's.
    private string Model(string repository, string model)
    {
        if (!options.ModelControl)
        {
            throw new RequestException(StatusCodes.Status403Forbidden, RepositoryEndpoints.NotAllowed);
        }

        if (model.Length == 0)
        {
            return repository.Length > 0 ? repository : throw RequestException.Bad("The request names no model.");
        }

        RefuseRepository(repository);
        return model;
    }

    private static void RefuseRepository(string repository)
    {
        if (repository.Length > 0)
        {
            throw RequestException.Unsupported(RepositoryEndpoints.NoRepositories(repository));
        }
    }
}
