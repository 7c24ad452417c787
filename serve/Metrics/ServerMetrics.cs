namespace Toolchain.Serve.Metrics;

/// <summary>The metrics of the server, its process and its machine.</summary>
internal static class ServerMetrics
{
    // Its place among the generations that the collector tells of (GCMemoryInfo.GenerationInfo).
    private const int LargeObjects = 3;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<MetricFamily> All { get; } =
    [
        new("toolchain_model_loads_total", MetricType.Counter, "Versions that were loaded, refused or unloaded since the server started, by model and result.", WriteLoads),
        Gauge("toolchain_ready", "1 when the server is ready, otherwise 0.", static s => s.State.Phase == ServerPhase.Serving ? 1 : 0),
        Gauge("toolchain_requests_under_way", "Requests that were accepted and not finished.", static s => s.State.UnderWay),
        new("toolchain_decode_duration_histogram_us", MetricType.Histogram, "Decoding an image, in µs.", static (text, sources) => text.Histogram(sources.Decoding.Durations.Read(), TimeSpan.TicksPerMicrosecond)),
        Gauge("toolchain_request_body_bytes", "Bytes of request bodies in memory.", static s => s.Bodies.Used),
        Gauge("nv_cpu_memory_total_bytes", "Memory of the machine, in bytes.", static _ => ProcessUsage.MachineBytes),
        Gauge("nv_cpu_memory_used_bytes", "Memory of the machine that is in use, in bytes.", static _ => ProcessUsage.MachineUsedBytes),
        Counter("process_cpu_seconds_total", "Processor time of the process, in s.", static _ => ProcessUsage.ProcessorTime.TotalSeconds),
        Gauge("process_resident_memory_bytes", "Memory that the process has, in bytes.", static _ => ProcessUsage.ResidentBytes),
        Gauge("process_virtual_memory_bytes", "Address space of the process, in bytes.", static _ => ProcessUsage.VirtualBytes),
        Gauge("process_open_fds", "Files, sockets and other handles that the process has open.", static _ => ProcessUsage.OpenHandles),
        Gauge("process_max_fds", "The most handles that the process may have open.", static _ => ProcessUsage.MaxHandles),
        Gauge("process_threads", "Threads of the process.", static _ => ProcessUsage.Threads),
        Gauge("process_start_time_seconds", "When the process started, in s since 1970 (UTC).", static _ => (ProcessUsage.Started - DateTime.UnixEpoch).TotalSeconds),
        new("dotnet_gc_collections_total", MetricType.Counter, "Garbage collections, by generation.", WriteCollections),
        Counter("dotnet_gc_allocated_bytes_total", "Bytes that were allocated on the managed heap.", static _ => GC.GetTotalAllocatedBytes()),
        Gauge("dotnet_gc_heap_bytes", "Size of the managed heap, in bytes.", static _ => GC.GetTotalMemory(forceFullCollection: false)),
        Gauge("dotnet_gc_loh_bytes", "Size of the large-object heap after the last collection, in bytes.", static _ => GC.GetGCMemoryInfo(GCKind.Any).GenerationInfo[LargeObjects].SizeAfterBytes),
        Counter("dotnet_gc_pause_seconds_total", "Time in which collections stopped all threads, in s.", static _ => GC.GetTotalPauseDuration().TotalSeconds),
        Gauge("dotnet_thread_pool_threads", "Threads of the thread pool.", static _ => ThreadPool.ThreadCount),
        Gauge("dotnet_thread_pool_queue_length", "Work that waits for a thread of the thread pool.", static _ => ThreadPool.PendingWorkItemCount),
    ];

    private static MetricFamily Gauge(string name, string help, Func<MetricSources, double> value) => Of(name, MetricType.Gauge, help, value);

    private static MetricFamily Counter(string name, string help, Func<MetricSources, double> value) => Of(name, MetricType.Counter, help, value);

    private static MetricFamily Of(string name, MetricType type, string help, Func<MetricSources, double> value) => new(name, type, help, (text, sources) => text.Sample(value(sources)));

    private static void WriteLoads(PrometheusText text, MetricSources sources)
    {
        foreach (var (model, counts) in sources.Loads.Models)
        {
            text.Sample(counts.Loaded, new("model", model), new("result", "loaded"));
            text.Sample(counts.Refused, new("model", model), new("result", "refused"));
            text.Sample(counts.Unloaded, new("model", model), new("result", "unloaded"));
        }
    }

    private static void WriteCollections(PrometheusText text, MetricSources sources)
    {
        for (var generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            text.Sample(GC.CollectionCount(generation), new MetricLabel("generation", generation.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }
    }
}
